/** What is told of errors where an app says nothing else: a warning of the process, with the error as its detail. */
export function warningOf(what: string): (error: unknown) => void {
  return (error) => {
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.emitWarning(what, { type: 'TownKrierWarning', detail });
  };
}
