/**
 * What goes over the wire, as `jupyter_kfp/server/openapi.json` describes it.
 */
import type { JSONObject, JSONValue } from '@lumino/coreutils';

export interface IHealth {
  version: string;
}

export interface IProblem {
  message: string;
  where?: string;
  fix?: string;
  code?: string;
  findings?: IFinding[];
}

/** A change of the notebook that takes a finding away. */
export interface IMend {
  title: string;
  tags?: Record<string, string[]>;
  settings?: JSONObject;
}

export type Severity = 'error' | 'warning' | 'hint';

export interface IFinding {
  code: string;
  severity: Severity;
  title: string;
  message: string;
  fix?: string;
  why?: string;
  cell?: string;
  cell_number?: number;
  line?: number;
  column?: number;
  step?: string;
  name?: string;
  mends: IMend[];
}

export type ParameterType = 'bool' | 'int' | 'float' | 'str' | 'list' | 'dict';

export interface IParameter {
  name: string;
  type: ParameterType;
  default: JSONValue;
  description?: string;
}

export interface IGraphStep {
  name: string;
  title: string;
  order: number;
  cells: string[];
  x: number;
  y: number;
  width: number;
  height: number;
  gets: string[];
  gets_all: boolean;
  gives: string[];
  gives_all: boolean;
  parameters: string[];
  metrics: string[];
  reads_files: string[];
  writes_files: string[];
  settings: JSONObject;
}

export interface ICarried {
  name: string;
  kind: 'state' | 'file' | 'after' | 'order' | 'caution';
  type?: string;
  size?: number;
}

export interface IGraphEdge {
  from: string;
  to: string;
  label: string;
  names: ICarried[];
  why: string[];
  points: [number, number][];
}

export interface IGraph {
  steps: IGraphStep[];
  edges: IGraphEdge[];
  width: number;
  height: number;
}

export interface ICellRole {
  step: string | null;
  role: 'step' | 'parameters' | 'setup' | 'skip' | 'metrics';
  gets: string[];
  gives: string[];
}

export interface IAnalysis {
  title: string;
  graph: IGraph;
  cells: Record<string, ICellRole>;
  parameters: IParameter[];
  findings: IFinding[];
}

export interface ISuggestion {
  cells: Record<string, string[]>;
  steps: { name: string; title: string; cells: string[] }[];
}

export interface ISettingsSchema {
  pipeline: JSONObject;
  step: JSONObject;
}

export interface IDone {
  files: string[];
  messages: {
    level: 'info' | 'warning' | 'error';
    message: string;
    fix?: string;
    code?: string;
    cell?: string;
    step?: string;
  }[];
}

export interface IRunRequest {
  path: string;
  parameters?: JSONObject;
  where?: string;
  from_step?: string | null;
  only_step?: string | null;
  cache?: boolean;
}

export interface IStepFailure {
  kind: string;
  name: string;
  message: string;
  cell?: string;
  cell_number?: number;
  line?: number;
  frame?: string;
  fix?: string;
  log?: string;
}

export type StepStatus =
  | 'PENDING'
  | 'RUNNING'
  | 'SUCCEEDED'
  | 'FAILED'
  | 'CANCELED'
  | 'SKIPPED'
  | 'INTERRUPTED';

export interface IRunStep {
  name: string;
  title: string;
  parents: string[];
  status: StepStatus;
  started: string | null;
  ended: string | null;
  seconds: number | null;
  cached: boolean;
  attempts: number;
  metrics: Record<string, number | string>;
  error?: IStepFailure;
  reason?: string;
  notebook?: string;
  report?: string;
  log?: string;
}

export type RunStatus = Exclude<StepStatus, 'SKIPPED'>;

export interface IRun {
  id: string;
  name: string;
  kind: 'run' | 'build';
  pipeline: string;
  notebook: string | null;
  where: string;
  status: RunStatus;
  phase?: string;
  started: string;
  ended: string | null;
  seconds: number | null;
  parameters: JSONObject;
  metrics: Record<string, number | string>;
  steps: IRunStep[];
  message?: string;
  fix?: string;
  findings?: IFinding[];
  link?: string;
}

/** One line of a run's folder. */
export interface IRunEvent {
  event: string;
  [key: string]: unknown;
}

export interface IEndpoint {
  name: string;
  host: string;
  kind: string;
  signed_in: boolean;
  user?: string;
  way?: string;
  address?: string;
  message?: string;
}
