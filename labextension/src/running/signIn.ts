/**
 * Signing in to a cluster: the user's own page, in another tab, until the server knows who it is.
 *
 * The page leads back to the machine on which Jupyter runs. From another machine the browser cannot open that address:
 * the user brings it here.
 */
import { InputDialog, Notification } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { told, type Client } from '../api/client';
import type { IEndpoint } from '../api/shapes';

const LOOK = 1500; // ms between two looks whether it is done
const PATIENCE = 300_000; // ms

/** Whether the user is signed in afterwards. Tells what goes wrong. */
export async function signIn(
  client: Client,
  name: string,
  trans: TranslationBundle
): Promise<boolean> {
  let tab = openTab();
  let endpoint;
  try {
    endpoint = await client.signIn(name);
  } catch (error) {
    tab?.close();
    Notification.error(told(error), { autoClose: false });
    return false;
  }
  if (endpoint.signed_in || !endpoint.address) {
    tab?.close();
    if (!endpoint.signed_in && endpoint.message) {
      Notification.error(endpoint.message, { autoClose: false });
    }
    return endpoint.signed_in;
  }
  const address = endpoint.address;
  const show = () => {
    tab = tab && !tab.closed ? tab : openTab();
    tab?.location.replace(address);
    tab?.focus();
  };
  show();
  const id = Notification.emit(
    tab
      ? trans.__('Sign in to %1 in the page that has opened', name)
      : trans.__('Sign in to %1: open its page', name),
    'in-progress',
    {
      autoClose: false,
      actions: [
        {
          label: trans.__('Last page not found?'),
          callback: event => {
            event.preventDefault(); // or the notification would go
            void pasteAddress(client, name, trans);
          }
        },
        {
          label: trans.__('Open the page'),
          callback: event => {
            event.preventDefault();
            show();
          }
        }
      ]
    }
  );
  const found = await ended(client, name);
  Notification.update({
    id,
    actions: [],
    ...(found?.signed_in
      ? {
          message: found.user
            ? trans.__('Signed in to %1 as %2', name, found.user)
            : trans.__('Signed in to %1', name),
          type: 'success' as const,
          autoClose: 3000
        }
      : {
          message: found?.message ?? trans.__('Nobody signed in to %1', name),
          type: 'error' as const,
          autoClose: false
        })
  });
  return found?.signed_in ?? false;
}

/**
 * An empty tab; null where the browser allows none. It has to be opened in the moment of the click: browsers take one
 * that comes later, when the address is known, for an advertisement.
 */
function openTab(): Window | null {
  const tab = window.open('', '_blank');
  if (tab) {
    tab.opener = null;
  }
  return tab;
}

/** The endpoint, once somebody has signed in or the sign-in has failed; null where nobody comes. */
async function ended(client: Client, name: string): Promise<IEndpoint | null> {
  const until = Date.now() + PATIENCE;
  while (Date.now() < until) {
    await new Promise(resolve => setTimeout(resolve, LOOK));
    const all = await client.endpoints().catch(() => []);
    const found = all.find(each => each.name === name);
    if (found && (found.signed_in || found.message)) {
      return found;
    }
  }
  return null;
}

async function pasteAddress(
  client: Client,
  name: string,
  trans: TranslationBundle
): Promise<void> {
  const given = await InputDialog.getText({
    title: trans.__('Sign in to %1', name),
    label: trans.__(
      'Where Jupyter runs on another machine, your browser cannot open the last page, http://localhost… Copy its whole address to here.'
    ),
    placeholder: 'http://localhost:…',
    okLabel: trans.__('Sign in')
  });
  if (given.button.accept && given.value) {
    await client
      .comeBack(name, given.value)
      .catch((error: unknown) =>
        Notification.error(told(error), { autoClose: false })
      );
  }
}
