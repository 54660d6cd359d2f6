/**
 * Pan, zoom and fit of the graph: numbers in, numbers out.
 */
export interface IView {
  /** Where the graph's origin is, in pixels of the screen. */
  x: number;
  y: number;
  /** Pixels of the screen for one of the graph. */
  scale: number;
}

export interface ISize {
  width: number;
  height: number;
}

const MARGIN = 16;
const FOOT = 28; // below the graph, where the buttons stand
const READABLE = 0.8; // names of steps, of 13 px, are read from here on
const KEPT = 48; // pixels of the graph that no panning takes out of sight
const LEAST = 0.08;
const MOST = 2.5;

/** The whole graph in the middle, not larger than life. */
export function fit(graph: ISize, screen: ISize): IView {
  const scale = clamp(
    Math.min(
      1,
      (screen.width - 2 * MARGIN) / Math.max(graph.width, 1),
      (screen.height - 2 * MARGIN) / Math.max(graph.height, 1)
    )
  );
  return {
    scale,
    x: (screen.width - graph.width * scale) / 2,
    y: Math.max(MARGIN, (screen.height - graph.height * scale) / 2)
  };
}

/** The view to begin with: the whole graph where names can be read then, else its top, as large as they have to be. */
export function home(graph: ISize, screen: ISize): IView {
  const room = { ...screen, height: Math.max(0, screen.height - FOOT) };
  const whole = fit(graph, room);
  if (whole.scale >= READABLE) {
    return whole;
  }
  return {
    scale: READABLE,
    x: (screen.width - graph.width * READABLE) / 2,
    y: MARGIN
  };
}

/** The height in which all of the graph is seen at that width, names readable. */
export function wanted(graph: ISize, width: number): number {
  const wide = (width - 2 * MARGIN) / Math.max(graph.width, 1);
  const scale = Math.min(1, Math.max(READABLE, wide));
  return Math.ceil(graph.height * scale) + 2 * MARGIN + FOOT;
}

/** The same view, moved back where the graph has gone out of sight. */
export function kept(view: IView, graph: ISize, screen: ISize): IView {
  const within = (at: number, length: number, room: number) =>
    Math.min(room - KEPT, Math.max(KEPT - length * view.scale, at));
  return {
    ...view,
    x: within(view.x, graph.width, screen.width),
    y: within(view.y, graph.height, screen.height)
  };
}

/** Which part of the graph is on screen along one axis, from 0 to 1; null where all of it is. */
export function seen(
  at: number,
  length: number,
  room: number
): { from: number; to: number } | null {
  const from = Math.min(1, Math.max(0, -at / length));
  const to = Math.min(1, Math.max(0, (room - at) / length));
  return (from <= 0 && to >= 1) || !(length > 0) ? null : { from, to };
}

/** Larger or smaller by `factor`, around a point of the screen that stays where it is. */
export function zoom(
  view: IView,
  factor: number,
  at: { x: number; y: number }
): IView {
  const scale = clamp(view.scale * factor);
  const ratio = scale / view.scale;
  return {
    scale,
    x: at.x - (at.x - view.x) * ratio,
    y: at.y - (at.y - view.y) * ratio
  };
}

export function pan(view: IView, dx: number, dy: number): IView {
  return { ...view, x: view.x + dx, y: view.y + dy };
}

/** The same scale, with a point of the graph in the middle of the screen. */
export function centre(
  view: IView,
  point: { x: number; y: number },
  screen: ISize
): IView {
  return {
    ...view,
    x: screen.width / 2 - point.x * view.scale,
    y: screen.height / 2 - point.y * view.scale
  };
}

/** A path along points, from top to bottom, with soft bends. */
export function edgePath(
  points: readonly (readonly [number, number])[]
): string {
  const [first, ...rest] = points;
  if (!first) {
    return '';
  }
  let path = `M${first[0]},${first[1]}`;
  let [x, y] = first;
  for (const [nextX, nextY] of rest) {
    const half = (nextY - y) / 2;
    path += `C${x},${y + half} ${nextX},${nextY - half} ${nextX},${nextY}`;
    [x, y] = [nextX, nextY];
  }
  return path;
}

function clamp(scale: number): number {
  return Math.min(MOST, Math.max(LEAST, scale));
}
