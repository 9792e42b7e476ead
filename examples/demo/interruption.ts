let interruption: Promise<void> | undefined;

/** Resolves on the first Ctrl-C or SIGTERM, so that work in hand can be drained; the second one ends the process at once. */
export function interrupted(): Promise<void> {
  interruption ??= new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        resolve();
        process.once(signal, () => process.exit(130));
      });
    }
  });
  return interruption;
}
