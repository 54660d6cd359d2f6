/**
 * Settings of a step when its name changes. Pure.
 */
import type { JSONObject } from '@lumino/coreutils';
import { isObject } from '../model/shared';

/** The change of settings: those of a step go with its name. */
export function renamedSettings(
  settings: JSONObject,
  from: string,
  to: string
): { settings?: JSONObject } {
  const steps = settings['steps'];
  if (!isObject(steps) || !(from in steps)) {
    return {};
  }
  const renamed = Object.fromEntries(
    Object.entries(steps).map(([name, own]) => [name === from ? to : name, own])
  );
  return { settings: { ...settings, steps: renamed } };
}
