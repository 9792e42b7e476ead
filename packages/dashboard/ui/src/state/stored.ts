/** Reads a preference of this browser. Blocked or full storage reads as nothing: a preference is never worth an error. */
export function readStored(key: string): string | null {
  try {
    return localStorage.getItem(`townkrier.${key}`);
  } catch {
    return null;
  }
}

/** Keeps a preference, or forgets it with `null`. */
export function writeStored(key: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(`townkrier.${key}`);
    else localStorage.setItem(`townkrier.${key}`, value);
  } catch {
    // Private windows may refuse; the choice then lasts for this page.
  }
}
