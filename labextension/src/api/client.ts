/**
 * Requests to the server extension, through JupyterLab's own connection (base URL, token, XSRF).
 */
import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
import type { JSONObject } from '@lumino/coreutils';
import { streamEvents } from './events';
import type {
  IAnalysis,
  IDone,
  IEndpoint,
  IHealth,
  IProblem,
  IRun,
  IRunEvent,
  IRunRequest,
  ISettingsSchema,
  ISuggestion
} from './shapes';

const SAME_TIME = 3000; // ms: the header has whole seconds, and its way takes some

/** An answer of status 400 and above, or none at all. */
export class RequestError extends Error {
  constructor(
    readonly status: number,
    readonly problem: IProblem
  ) {
    super(problem.message);
  }
}

/** What an error says, for people: what happened, and what to do. */
export function told(error: unknown): string {
  if (error instanceof RequestError) {
    const { message, where, fix } = error.problem;
    const what = where ? `${where}: ${message}` : message;
    return fix ? `${what}. ${fix}` : what;
  }
  return error instanceof Error ? error.message : String(error);
}

export type Action = 'convert' | 'compile' | 'clean';

/** All that the server can be asked. Every method rejects with a RequestError. */
export class Client {
  constructor(readonly settings: ServerConnection.ISettings) {}

  /** The server's time in milliseconds: it may be another machine, whose clock is another. */
  now(): number {
    return Date.now() + this._ahead;
  }

  health(): Promise<IHealth> {
    return this.get('health');
  }

  settingsSchema(): Promise<ISettingsSchema> {
    return this.get('settings-schema');
  }

  analyse(
    path: string,
    notebook: JSONObject,
    client: string
  ): Promise<IAnalysis> {
    return this.post('analysis', { path, notebook, client });
  }

  suggest(path: string, notebook: JSONObject): Promise<ISuggestion> {
    return this.post('suggest', { path, notebook });
  }

  act(action: Action, path: string): Promise<IDone> {
    return this.post(action, { path });
  }

  build(path: string): Promise<{ run: string }> {
    return this.post('build', { path });
  }

  runs(path: string): Promise<IRun[]> {
    return this.get(`runs?path=${encodeURIComponent(path)}`);
  }

  run(id: string): Promise<IRun> {
    return this.get(`runs/${encodeURIComponent(id)}`);
  }

  start(request: IRunRequest): Promise<{ run: string }> {
    return this.post('runs', request as unknown as JSONObject);
  }

  cancel(id: string): Promise<{ asked: boolean }> {
    return this.post(`runs/${encodeURIComponent(id)}/cancel`, {});
  }

  remove(id: string): Promise<void> {
    return this.ask(`runs/${encodeURIComponent(id)}`, { method: 'DELETE' });
  }

  /** Path of a copy of the run's file that the document manager can open. */
  open(id: string, file: string): Promise<{ path: string }> {
    return this.post(`runs/${encodeURIComponent(id)}/open`, { file });
  }

  debug(run: string, step: string): Promise<{ path: string }> {
    return this.post('debug', { run, step });
  }

  endpoints(): Promise<IEndpoint[]> {
    return this.get('endpoints');
  }

  signIn(name: string): Promise<IEndpoint> {
    return this.post(`endpoints/${encodeURIComponent(name)}/sign-in`, {});
  }

  /** End a sign-in by the address that the browser was sent to and could not open. */
  comeBack(name: string, address: string): Promise<IEndpoint> {
    return this.post(`endpoints/${encodeURIComponent(name)}/sign-in`, {
      address
    });
  }

  /** The run's events after line `after`, until it ends or `signal` aborts. */
  events(
    id: string,
    after: number,
    signal: AbortSignal
  ): AsyncGenerator<{ id: number; event: IRunEvent }> {
    const url = this.url(`runs/${encodeURIComponent(id)}/events`);
    return streamEvents(
      () =>
        ServerConnection.makeRequest(
          url,
          { signal, headers: { 'Last-Event-ID': String(after) } },
          this.settings
        ),
      signal
    );
  }

  private url(address: string): string {
    return URLExt.join(this.settings.baseUrl, 'jupyter-kfp') + '/' + address;
  }

  private get<T>(address: string): Promise<T> {
    return this.ask(address, { cache: 'no-store' });
  }

  private post<T>(address: string, body: JSONObject): Promise<T> {
    return this.ask(address, { method: 'POST', body: JSON.stringify(body) });
  }

  private async ask<T>(address: string, init: RequestInit): Promise<T> {
    const response = await ServerConnection.makeRequest(
      this.url(address),
      init,
      this.settings
    );
    const told = Date.parse(response.headers.get('Date') ?? '');
    const ahead = told - Date.now();
    this._ahead = Math.abs(ahead) > SAME_TIME ? ahead : 0;
    if (response.ok) {
      return (response.status === 204 ? undefined : await response.json()) as T;
    }
    let problem: IProblem = { message: response.statusText };
    try {
      problem = { ...problem, ...((await response.json()) as IProblem) };
    } catch {
      // a proxy's page: its status line says it
    }
    throw new RequestError(response.status, problem);
  }

  private _ahead = 0; // ms that the server's clock is ahead of ours
}
