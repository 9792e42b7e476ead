/** The language of all texts of the page. Numbers and moments follow it, so that no sentence mixes two. */
export const LOCALE = 'en-GB';
