import { computed, signal } from '@preact/signals';

/** Whether the reader stopped the updates. */
export const paused = signal(false);

/** Whether nobody sees the tab. */
export const hidden = signal(document.hidden);

/** Whether the page neither listens nor asks. What happened meanwhile is asked for when it goes on. */
export const isResting = computed(() => paused.value || hidden.value);
