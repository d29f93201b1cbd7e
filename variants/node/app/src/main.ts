import 'reflect-metadata';
import { createApp, stopApp } from './app.js';
import { createLogger, describeError } from './logging.js';
import { readSettings, type Settings, SettingsError } from './settings.js';

function settingsOrExit(): Settings {
  try {
    return readSettings(process.env);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}

const settings = settingsOrExit();
const logger = createLogger(settings.logLevel);
const app = await createApp(settings, logger);

let stopping = false;
async function stop(signal: string): Promise<void> {
  if (stopping) return;
  stopping = true;
  logger.info({ signal }, 'stopping');
  try {
    await stopApp(app);
    process.exit(0);
  } catch (error) {
    logger.fatal({ error: describeError(error) }, 'could not stop in order');
    process.exit(1);
  }
}
process.on('SIGTERM', stop);
process.on('SIGINT', stop);

await app.listen(settings.port, settings.host);
logger.info({ url: await app.getUrl() }, 'listening');
