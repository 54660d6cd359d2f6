/**
 * A small picture of a large graph: where one is, and a way to jump.
 */
import * as React from 'react';
import type { IGraph } from '../api/shapes';
import { stepColour } from '../colours';
import { centre, type ISize, type IView } from './viewport';

const MOST: ISize = { width: 200, height: 120 };

export function Minimap({
  graph,
  view,
  screen,
  onView
}: {
  graph: IGraph;
  view: IView;
  screen: ISize;
  onView: (view: IView) => void;
}): React.ReactElement {
  const scale = Math.min(
    Math.max(0, Math.min(MOST.width, screen.width - 24)) / graph.width,
    MOST.height / graph.height
  );
  const jump = (event: React.MouseEvent<SVGSVGElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    const point = {
      x: (event.clientX - box.x) / scale,
      y: (event.clientY - box.y) / scale
    };
    onView(centre(view, point, screen));
  };
  const boxes = React.useMemo(
    () =>
      graph.steps.map(step => (
        <rect
          key={step.name}
          className={`jp-kfp-Minimap-step ${stepColour(step.order)}`}
          x={step.x}
          y={step.y}
          width={step.width}
          height={step.height}
        />
      )),
    [graph]
  );
  return (
    <svg
      className="jp-kfp-Minimap"
      aria-hidden="true"
      width={graph.width * scale}
      height={graph.height * scale}
      viewBox={`0 0 ${graph.width} ${graph.height}`}
      onClick={jump}
    >
      {boxes}
      <rect
        className="jp-kfp-Minimap-view"
        x={-view.x / view.scale}
        y={-view.y / view.scale}
        width={screen.width / view.scale}
        height={screen.height / view.scale}
      />
    </svg>
  );
}
