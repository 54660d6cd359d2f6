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
