/**
 * Signing in to a cluster: the user's own page, in another tab, until the server knows who it is.
 */
import { Notification } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { told, type Client } from '../api/client';

const LOOK = 1500; // ms between two looks whether it is done
const PATIENCE = 300_000; // ms

/** Whether the user is signed in afterwards. Tells what goes wrong. */
export async function signIn(
  client: Client,
  name: string,
  trans: TranslationBundle
): Promise<boolean> {
  let endpoint;
  try {
    endpoint = await client.signIn(name);
  } catch (error) {
    Notification.error(told(error), { autoClose: false });
    return false;
  }
  if (endpoint.signed_in || !endpoint.address) {
    if (!endpoint.signed_in && endpoint.message) {
      Notification.error(endpoint.message, { autoClose: false });
    }
    return endpoint.signed_in;
  }
  const address = endpoint.address;
  const show = () => window.open(address, '_blank', 'noopener');
  show();
  const id = Notification.emit(
    trans.__('Sign in to %1 in the page that has opened', name),
    'in-progress',
    {
      autoClose: false,
      actions: [{ label: trans.__('Open the page'), callback: show }]
    }
  );
  const until = Date.now() + PATIENCE;
  while (Date.now() < until) {
    await new Promise(resolve => setTimeout(resolve, LOOK));
    const all = await client.endpoints().catch(() => []);
    if (all.some(each => each.name === name && each.signed_in)) {
      Notification.update({
        id,
        message: trans.__('Signed in to %1', name),
        type: 'success',
        autoClose: 3000,
        actions: []
      });
      return true;
    }
  }
  Notification.update({
    id,
    message: trans.__('Nobody signed in to %1', name),
    type: 'error',
    autoClose: false,
    actions: []
  });
  return false;
}
