/**
 * Colours that tell steps apart: eight of the theme's, by the step's place in the notebook. Never the only sign.
 */
const COLOURS = 8;

/** CSS class that sets `--jp-kfp-step` for the step of that place. */
export function stepColour(order: number): string {
  return `jp-kfp-step-${((order % COLOURS) + COLOURS) % COLOURS}`;
}
