/**
 * Descriptions of settings, written with `code` for the pages of the documentation, as a form shows them.
 */
import type { JSONObject } from '@lumino/coreutils';

/** The schema with its descriptions as JupyterLab's form can show them: text alone, code in quotation marks. */
export function quoted(schema: JSONObject): JSONObject {
  return JSON.parse(
    JSON.stringify(schema, (key, value: unknown) =>
      key === 'description' && typeof value === 'string'
        ? value.replace(/`([^`]*)`/g, '“$1”')
        : value
    )
  ) as JSONObject;
}
