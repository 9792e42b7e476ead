import { signal } from '@preact/signals';

/** A question before something is changed. */
export interface Confirmation {
  /** `Delete this job?` */
  readonly title: string;
  /** Names what it is about, so that nobody confirms the wrong thing. */
  readonly object: string;
  /** What will happen. */
  readonly text: string;
  /** The word on the button that does it. */
  readonly action: string;
  readonly isDangerous: boolean;
}

interface Asked extends Confirmation {
  readonly answer: (isConfirmed: boolean) => void;
}

/** The question on screen. */
export const asked = signal<Asked | null>(null);

/** Asks, and resolves with whether it was confirmed. A newer question answers an older one with no. */
export function confirmAction(confirmation: Confirmation): Promise<boolean> {
  asked.value?.answer(false);
  return new Promise((resolve) => {
    asked.value = {
      ...confirmation,
      answer: (isConfirmed) => {
        asked.value = null;
        resolve(isConfirmed);
      },
    };
  });
}
