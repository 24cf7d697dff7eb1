import { maskUrl } from '../config/mask-url.ts';
import { SessionError } from '../model/session-error.ts';

const FORMS = {
  store: 'mongodb://[USER:PASSWORD@]HOST[:PORT]/DATABASE[?OPTION=VALUE]',
  cache: 'redis://[USER:PASSWORD@]HOST[:PORT][/DB], redis+sentinel://HOST,HOST/NAME or redis+cluster://HOST,HOST',
};

/**
 * Opens what the URL of a setting leads to. Throws INVALID_FIELD, without the password, where the server's client refuses
 * the URL: only that knows which options there are.
 */
export async function openUrl<Opened>(
  setting: keyof typeof FORMS,
  url: string,
  open: (url: string) => Opened | Promise<Opened>,
): Promise<Opened> {
  try {
    return await open(url);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const remedy = `write ${FORMS[setting]}, a password percent-encoded`;
    throw new SessionError('INVALID_FIELD', `${setting}="${maskUrl(url)}": ${why}: ${remedy}`, {
      field: setting,
      cause,
    });
  }
}
