import { ReadableStream } from 'node:stream/web';
import { TextDecoder, TextEncoder } from 'node:util';
import { parseFrame, streamEvents } from '../src/api/events';

Object.assign(globalThis, { TextDecoder, TextEncoder });

function response(...pieces: string[]): Response {
  const body = new ReadableStream({
    start(controller) {
      for (const piece of pieces) {
        controller.enqueue(new TextEncoder().encode(piece));
      }
      controller.close();
    }
  });
  return { ok: true, body } as unknown as Response;
}

async function all(...pieces: string[]): Promise<number[]> {
  const seen = [];
  const stop = new AbortController();
  const made = response(...pieces);
  for await (const each of streamEvents(
    () => Promise.resolve(made),
    stop.signal
  )) {
    seen.push(each.id);
  }
  return seen;
}

test('events come whole, however the stream is cut', async () => {
  const frames = 'id: 1\ndata: {"event":"a"}\n\nid: 2\ndata: {"event":"ü"}\n\n';
  expect(await all(frames)).toEqual([1, 2]);
  expect(await all(...frames.split(''))).toEqual([1, 2]);
});

test('a frame that is cut off at the end is not told', async () => {
  expect(await all('id: 1\ndata: {"event":"a"}\n\nid: 2\ndata: {"ev')).toEqual([
    1
  ]);
});

test('comments and what is no JSON are left out', () => {
  expect(parseFrame(': still there')).toBeNull();
  expect(parseFrame('retry: 1000')).toBeNull();
  expect(parseFrame('id: 3\ndata: <html>')).toBeNull();
});

test('an answer that is an error is one', async () => {
  const refused = { ok: false, status: 503, statusText: 'no' } as Response;
  const stop = new AbortController();
  const events = streamEvents(() => Promise.resolve(refused), stop.signal);
  await expect(events.next()).rejects.toThrow('503 no');
});
