/**
 * The graph as SVG, laid out by the server, drawn with the theme: nodes are buttons, edges tell what passes along.
 */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import type {
  IGraph,
  IGraphEdge,
  IGraphStep,
  IRunStep,
  StepStatus
} from '../api/shapes';
import { stepColour } from '../colours';
import { useTime, type Clock } from '../model/clock';
import { stepWords } from '../running/words';
import { Minimap } from './minimap';
import {
  centre,
  edgePath,
  fit,
  home,
  kept,
  pan,
  seen,
  zoom,
  type ISize,
  type IView
} from './viewport';

export interface IGraphProps {
  graph: IGraph;
  /** What a run did with a step; null where none is shown. */
  runStep(name: string): IRunStep | null;
  /** The step that was chosen. */
  chosen: string | null;
  /** Steps that a search has found; null where nothing is looked for. */
  found: ReadonlySet<string> | null;
  onStep(step: IGraphStep): void;
  /** The step or edge under the pointer or focus; null where there is none. */
  onLook(what: IGraphStep | IGraphEdge | null): void;
  /** What makes the durations of running steps go on. */
  clock: Clock;
  trans: TranslationBundle;
}

const STRIDE = 40; // pixels that an arrow key pans
const CLOSER = 1.2;
const LARGE = 40; // steps from which on there is a minimap

export function Graph(props: IGraphProps): React.ReactElement {
  const { graph, trans, found } = props;
  const host = React.useRef<HTMLDivElement>(null);
  const [screen, setScreen] = React.useState<ISize>({ width: 0, height: 0 });
  const [own, setOwn] = React.useState<IView | 'whole' | null>(null); // null: the view to begin with
  const view =
    own === 'whole'
      ? fit(graph, screen)
      : own
        ? kept(own, graph, screen)
        : home(graph, screen);
  const current = React.useRef(view);
  current.current = view;

  React.useEffect(() => {
    const node = host.current;
    if (!node) {
      return;
    }
    const observer = new ResizeObserver(() =>
      setScreen({ width: node.clientWidth, height: node.clientHeight })
    );
    observer.observe(node);
    const wheel = (event: WheelEvent) => {
      event.preventDefault();
      const box = node.getBoundingClientRect();
      const at = { x: event.clientX - box.x, y: event.clientY - box.y };
      setOwn(
        event.ctrlKey || event.metaKey
          ? zoom(current.current, Math.exp(-event.deltaY / 100), at)
          : pan(current.current, -event.deltaX, -event.deltaY)
      );
    };
    node.addEventListener('wheel', wheel, { passive: false }); // React's are passive
    return () => {
      observer.disconnect();
      node.removeEventListener('wheel', wheel);
    };
  }, []);

  // what was found first comes into view
  React.useEffect(() => {
    const first = found && graph.steps.find(step => found.has(step.name));
    if (first && screen.width) {
      const middle = {
        x: first.x + first.width / 2,
        y: first.y + first.height / 2
      };
      setOwn(centre(current.current, middle, screen));
    }
  }, [found, graph, screen]);

  const middle = { x: screen.width / 2, y: screen.height / 2 };
  const keys: Record<string, () => IView | 'whole'> = {
    '+': () => zoom(view, CLOSER, middle),
    '=': () => zoom(view, CLOSER, middle),
    '-': () => zoom(view, 1 / CLOSER, middle),
    '0': () => 'whole',
    ArrowLeft: () => pan(view, STRIDE, 0),
    ArrowRight: () => pan(view, -STRIDE, 0),
    ArrowUp: () => pan(view, 0, STRIDE),
    ArrowDown: () => pan(view, 0, -STRIDE)
  };
  const onKey = (event: React.KeyboardEvent) => {
    const change = keys[event.key];
    if (change && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      event.stopPropagation();
      setOwn(change());
    }
  };

  return (
    <div className="jp-kfp-Graph" ref={host} onKeyDown={onKey}>
      <svg
        role="group"
        aria-label={trans.__(
          'Graph of %1 steps. Arrow keys move it, plus and minus zoom, 0 fits.',
          graph.steps.length
        )}
        width="100%"
        height="100%"
        onPointerDown={event => drag(event, current.current, setOwn)}
      >
        <g transform={`translate(${view.x} ${view.y}) scale(${view.scale})`}>
          {graph.edges.map(edge => (
            <Edge key={`${edge.from}→${edge.to}`} edge={edge} {...props} />
          ))}
          {graph.steps.map(step => (
            <Node key={step.name} step={step} {...props} />
          ))}
        </g>
      </svg>
      {graph.steps.length > LARGE && (
        <Minimap graph={graph} view={view} screen={screen} onView={setOwn} />
      )}
      <ScrollMark
        axis="across"
        part={seen(view.x, graph.width * view.scale, screen.width)}
      />
      <ScrollMark
        axis="down"
        part={seen(view.y, graph.height * view.scale, screen.height)}
      />
      <div className="jp-kfp-Graph-zoom">
        <ZoomButton
          label={trans.__('Zoom in')}
          sign="+"
          onClick={() => setOwn(zoom(view, CLOSER, middle))}
        />
        <ZoomButton
          label={trans.__('Zoom out')}
          sign="−"
          onClick={() => setOwn(zoom(view, 1 / CLOSER, middle))}
        />
        <ZoomButton
          label={trans.__('Fit the graph')}
          sign="⤢"
          onClick={() => setOwn('whole')}
        />
      </div>
    </div>
  );
}

/** That there is more than one sees, and where: as a scroll bar tells it. */
function ScrollMark({
  axis,
  part
}: {
  axis: 'across' | 'down';
  part: { from: number; to: number } | null;
}): React.ReactElement | null {
  if (!part) {
    return null;
  }
  const percent = (share: number) => `${share * 100}%`;
  const [start, length] =
    axis === 'across'
      ? (['left', 'width'] as const)
      : (['top', 'height'] as const);
  return (
    <div
      className="jp-kfp-Graph-seen"
      data-axis={axis}
      aria-hidden="true"
      style={{
        [start]: percent(part.from),
        [length]: percent(part.to - part.from)
      }}
    />
  );
}

function ZoomButton({
  label,
  sign,
  onClick
}: {
  label: string;
  sign: string;
  onClick: () => void;
}): React.ReactElement {
  return (
    <button type="button" title={label} aria-label={label} onClick={onClick}>
      {sign}
    </button>
  );
}

/** Drag the ground, not the nodes. */
function drag(
  event: React.PointerEvent<SVGSVGElement>,
  from: IView,
  onView: (view: IView) => void
): void {
  if (event.button !== 0 || (event.target as Element).closest('.jp-kfp-Node')) {
    return;
  }
  const svg = event.currentTarget;
  const [x, y] = [event.clientX, event.clientY];
  svg.setPointerCapture(event.pointerId);
  const move = (next: PointerEvent) =>
    onView(pan(from, next.clientX - x, next.clientY - y));
  const end = () => {
    svg.removeEventListener('pointermove', move);
    svg.removeEventListener('pointerup', end);
    svg.removeEventListener('pointercancel', end);
  };
  svg.addEventListener('pointermove', move);
  svg.addEventListener('pointerup', end);
  svg.addEventListener('pointercancel', end);
}

const Edge = React.memo(
  function Edge({
    edge,
    onLook,
    chosen
  }: IGraphProps & { edge: IGraphEdge }): React.ReactElement {
    const path = edgePath(edge.points);
    const beside = edge.from === chosen || edge.to === chosen;
    return (
      <g
        className="jp-kfp-Edge"
        data-from={edge.from}
        data-to={edge.to}
        data-beside={beside}
        onPointerEnter={() => onLook(edge)}
        onPointerLeave={() => onLook(null)}
      >
        <path className="jp-kfp-Edge-target" d={path} />
        <path
          className="jp-kfp-Edge-line"
          d={path}
          data-kind={
            edge.names.some(each => each.kind === 'state') ? 'state' : 'order'
          }
        />
        <circle
          className="jp-kfp-Edge-end"
          cx={edge.points.at(-1)?.[0]}
          cy={edge.points.at(-1)?.[1]}
          r={3}
        />
      </g>
    );
  },
  (one, other) => one.edge === other.edge && one.chosen === other.chosen
);

const Node = React.memo(
  function Node({
    step,
    runStep,
    chosen,
    found,
    onStep,
    onLook,
    clock,
    trans
  }: IGraphProps & { step: IGraphStep }): React.ReactElement {
    const ran = runStep(step.name);
    const now = useTime(clock, ran?.status === 'RUNNING');
    const status = ran ? stepWords(ran, trans, now) : '';
    const label = [
      trans.__('Step %1', step.name),
      ran ? stepWords(ran, trans) : '', // a label that changes each second is read out each second
      step.gets.length ? trans.__('gets %1', step.gets.join(', ')) : '',
      step.gives.length ? trans.__('gives %1', step.gives.join(', ')) : ''
    ];
    return (
      <g
        className={`jp-kfp-Node ${stepColour(step.order)}`}
        role="button"
        tabIndex={0}
        aria-label={label.filter(Boolean).join('; ')}
        aria-pressed={chosen === step.name}
        data-step={step.name}
        data-status={ran?.cached ? 'CACHED' : ran?.status}
        data-dim={found !== null && !found.has(step.name)}
        transform={`translate(${step.x} ${step.y})`}
        onClick={() => onStep(step)}
        onFocus={() => onLook(step)}
        onPointerEnter={() => onLook(step)}
        onPointerLeave={() => onLook(null)}
        onKeyDown={event => {
          if (event.key === 'Enter' || event.key === ' ') {
            event.preventDefault();
            event.stopPropagation();
            onStep(step);
          }
        }}
      >
        <rect
          className="jp-kfp-Node-box"
          width={step.width}
          height={step.height}
          rx={6}
        />
        <rect
          className="jp-kfp-Node-band"
          width={4}
          height={step.height}
          rx={2}
        />
        <text className="jp-kfp-Node-name" x={14} y={status ? 19 : 20}>
          {shorten(step.name, step.width - (ran ? 40 : 22))}
        </text>
        <text className="jp-kfp-Node-state" x={14} y={35}>
          {shorten(status || subline(step, trans), step.width - 20, 5.6)}
        </text>
        {ran && <Sign status={ran.status} x={step.width - 16} />}
      </g>
    );
  },
  (one, other) =>
    one.step === other.step &&
    one.found === other.found &&
    (one.chosen === one.step.name) === (other.chosen === one.step.name) &&
    one.runStep === other.runStep
);

/** What a node says before it has run. */
function subline(step: IGraphStep, trans: TranslationBundle): string {
  const spelt = step.title.toLowerCase() !== step.name ? step.title : '';
  return spelt || trans._n('%1 cell', '%1 cells', step.cells.length);
}

const PATHS: Partial<Record<StepStatus, string>> = {
  SUCCEEDED: 'M-4,0 L-1,3 L4,-3',
  FAILED: 'M-3,-3 L3,3 M3,-3 L-3,3',
  CANCELED: 'M-3,-3 L3,3 M3,-3 L-3,3',
  INTERRUPTED: 'M0,-4 L0,1 M0,3 L0,4',
  SKIPPED: 'M-4,0 L4,0',
  RUNNING: 'M0,-5 A5,5 0 1 1 -5,0',
  PENDING: 'M-3,0 L-3,0.1 M0,0 L0,0.1 M3,0 L3,0.1'
};

/** The status as a sign: colour is never the only one. */
function Sign({
  status,
  x
}: {
  status: StepStatus;
  x: number;
}): React.ReactElement {
  return (
    <g transform={`translate(${x} 15)`} aria-hidden="true">
      <path className="jp-kfp-Node-sign" d={PATHS[status] ?? ''} />
    </g>
  );
}

function shorten(text: string, width: number, letter = 7): string {
  const most = Math.max(3, Math.floor(width / letter));
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}
