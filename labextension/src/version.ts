/**
 * The version of this extension, to compare with that of the server extension.
 */
import metadata from '../../package.json';

export const VERSION: string = metadata.version;
