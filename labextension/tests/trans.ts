/** A translation that gives back what it gets, its arguments filled in. */
import type { TranslationBundle } from '@jupyterlab/translation';

const fill = (text: string, args: unknown[]) =>
  text.replace(/%(\d)/g, (_, index: string) => String(args[Number(index) - 1]));

export const trans = {
  __: (text: string, ...args: unknown[]) => fill(text, args),
  _n: (one: string, many: string, count: number, ...args: unknown[]) =>
    fill(count === 1 ? one : many, [count, ...args])
} as unknown as TranslationBundle;
