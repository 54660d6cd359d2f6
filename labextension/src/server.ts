/**
 * Requests to the server extension, through JupyterLab's own connection (base URL, token, XSRF).
 */
import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';

const NAMESPACE = 'jupyter-kfp';

/** What the server extension says of itself. */
export interface IHealth {
  version: string;
}

/** Ask the server extension whether it is there, and which version it has. */
export function fetchHealth(
  settings: ServerConnection.ISettings
): Promise<IHealth> {
  return request<IHealth>('health', settings);
}

async function request<T>(
  endpoint: string,
  settings: ServerConnection.ISettings
): Promise<T> {
  const url = URLExt.join(settings.baseUrl, NAMESPACE, endpoint);
  const response = await ServerConnection.makeRequest(url, {}, settings);
  if (!response.ok) {
    throw await ServerConnection.ResponseError.create(response);
  }
  return (await response.json()) as T;
}
