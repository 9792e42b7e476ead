/**
 * An order desk: an API that answers at once, and everything an order sets off in the background.
 *
 *   node examples/order-desk/src/main.ts
 *
 * The README beside this folder says what the environment may set. Ctrl-C and SIGTERM let what is in hand come to its end; a second one ends at once.
 */
import { startOrderDesk } from './order-desk.ts';
import { readSettings, SettingsError } from './settings.ts';

try {
  const desk = await startOrderDesk(readSettings(process.env), { say: console.log });
  console.log(`Listening: ${desk.url}, dashboard at ${desk.url}/dashboard`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      process.once(signal, () => process.exit(130));
      console.log('Stopping: what is in hand comes to its end …');
      void desk.close();
    });
  }
} catch (error) {
  if (!(error instanceof SettingsError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
