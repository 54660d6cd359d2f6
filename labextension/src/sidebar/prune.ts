/**
 * A form fills in what is not set; the notebook keeps only what somebody has set.
 */
import type { JSONObject } from '@lumino/coreutils';
import { isObject } from '../model/shared';

/** Without empty texts, lists and objects, and without what the schema gives anyway. */
export function pruned(data: JSONObject, schema: JSONObject): JSONObject {
  const properties = isObject(schema['properties']) ? schema['properties'] : {};
  const kept: JSONObject = {};
  for (const [key, value] of Object.entries(data)) {
    const own = Object.hasOwn(properties, key) ? properties[key] : undefined;
    const clean = isObject(value) ? pruned(value, {}) : value;
    if (!isEmpty(clean) && !isDefault(clean, own)) {
      kept[key] = clean;
    }
  }
  return kept;
}

function isEmpty(value: unknown): boolean {
  return (
    value === undefined ||
    value === null ||
    value === '' ||
    (Array.isArray(value) && value.length === 0) ||
    (isObject(value) && Object.keys(value).length === 0)
  );
}

function isDefault(value: unknown, schema: unknown): boolean {
  return (
    isObject(schema) &&
    'default' in schema &&
    JSON.stringify(schema['default']) === JSON.stringify(value)
  );
}
