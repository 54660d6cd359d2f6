/**
 * Server-sent events over fetch: `EventSource` can send no token and no XSRF header.
 */
import type { IRunEvent } from './shapes';

/** Events of one connection, as they come. Ends where the server ends it. */
export async function* streamEvents(
  connect: () => Promise<Response>,
  signal: AbortSignal
): AsyncGenerator<{ id: number; event: IRunEvent }> {
  const response = await connect();
  if (!response.ok || !response.body) {
    throw new Error(`${response.status} ${response.statusText}`);
  }
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  try {
    while (!signal.aborted) {
      const { done, value } = await reader.read();
      if (done) {
        return;
      }
      rest += decoder.decode(value, { stream: true });
      const frames = rest.split('\n\n');
      rest = frames.pop() ?? '';
      for (const frame of frames) {
        const parsed = parseFrame(frame);
        if (parsed) {
          yield parsed;
        }
      }
    }
  } finally {
    reader.cancel().catch(() => undefined);
  }
}

/** One frame; null for comments and for what is no JSON. */
export function parseFrame(
  frame: string
): { id: number; event: IRunEvent } | null {
  let id = 0;
  let data = '';
  for (const line of frame.split('\n')) {
    if (line.startsWith('id:')) {
      id = Number(line.slice(3).trim());
    } else if (line.startsWith('data:')) {
      data += line.slice(5).trim();
    }
  }
  if (!data) {
    return null;
  }
  try {
    return { id, event: JSON.parse(data) as IRunEvent };
  } catch {
    return null;
  }
}
