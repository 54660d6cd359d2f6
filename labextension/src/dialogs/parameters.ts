/**
 * Parameters as a form: a JSON Schema of their types, and values to and fro. Lists and dicts are typed as JSON.
 */
import type { TranslationBundle } from '@jupyterlab/translation';
import type { JSONObject, JSONValue } from '@lumino/coreutils';
import type { IParameter, ParameterType } from '../api/shapes';

const TYPES: Record<ParameterType, string> = {
  bool: 'boolean',
  int: 'integer',
  float: 'number',
  str: 'string',
  list: 'string',
  dict: 'string'
};

/** The schema of a form for them. */
export function parametersSchema(
  parameters: readonly IParameter[],
  trans: TranslationBundle
): JSONObject {
  const properties: JSONObject = {};
  for (const parameter of parameters) {
    const asJson = isJson(parameter.type);
    const description = [
      parameter.description ?? '',
      asJson ? trans.__('as JSON') : ''
    ];
    properties[parameter.name] = {
      type: TYPES[parameter.type],
      title: parameter.name,
      description: description.filter(Boolean).join(' · '),
      ...(asJson || parameter.default === null
        ? {}
        : { default: parameter.default })
    };
  }
  return { type: 'object', title: trans.__('Parameters'), properties };
}

/** What the form begins with: the last values, where they still fit, else the notebook's. */
export function formData(
  parameters: readonly IParameter[],
  last: JSONObject
): JSONObject {
  const data: JSONObject = {};
  for (const { name, type, default: own } of parameters) {
    const value =
      Object.hasOwn(last, name) && fits(last[name], type) ? last[name] : own;
    if (value !== null && value !== undefined) {
      data[name] = isJson(type) ? JSON.stringify(value) : value;
    }
  }
  return data;
}

/** What the user has typed, as values. What is no JSON is left as text: the server says what is wrong with it. */
export function asValues(
  parameters: readonly IParameter[],
  data: JSONObject
): JSONObject {
  const values: JSONObject = {};
  for (const { name, type } of parameters) {
    const typed = data[name];
    if (typed !== undefined) {
      values[name] = isJson(type) ? parsed(typed) : typed;
    }
  }
  return values;
}

function isJson(type: ParameterType): boolean {
  return type === 'list' || type === 'dict';
}

function fits(value: JSONValue | undefined, type: ParameterType): boolean {
  switch (type) {
    case 'bool':
      return typeof value === 'boolean';
    case 'int':
      return Number.isInteger(value);
    case 'float':
      return typeof value === 'number';
    case 'str':
      return typeof value === 'string';
    case 'list':
      return Array.isArray(value);
    case 'dict':
      return (
        typeof value === 'object' && value !== null && !Array.isArray(value)
      );
  }
}

function parsed(text: JSONValue): JSONValue {
  if (typeof text !== 'string') {
    return text;
  }
  try {
    return JSON.parse(text) as JSONValue;
  } catch {
    return text;
  }
}
