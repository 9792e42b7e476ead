/** What every answer says, whatever it is: page, data, event stream or error. */
const ALWAYS: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'x-robots-tag': 'noindex, nofollow',
};

const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; " +
  "frame-src 'self'; base-uri 'none'; form-action 'self'";

/** A stored message runs no script, loads nothing from elsewhere, submits nothing, and has an origin of its own. */
const PREVIEW_POLICY =
  "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

/** Adds the security headers to an answer. `preview` is the stricter set for a stored message shown in a frame of ours. */
export function secureHeaders(
  headers: Headers,
  policy: { readonly kind: 'page' | 'preview'; readonly frameAncestors: readonly string[] },
): void {
  for (const [name, value] of Object.entries(ALWAYS)) headers.set(name, value);
  if (!headers.has('cache-control')) headers.set('cache-control', 'no-store');
  if (policy.kind === 'preview') {
    const ancestors = ["'self'", ...policy.frameAncestors].join(' ');
    headers.set('content-security-policy', `${PREVIEW_POLICY}; frame-ancestors ${ancestors}`);
    return;
  }
  const ancestors = policy.frameAncestors.length === 0 ? "'none'" : policy.frameAncestors.join(' ');
  headers.set('content-security-policy', `${PAGE_POLICY}; frame-ancestors ${ancestors}`);
  // The old header cannot name origins, so it is left out when some are allowed.
  if (policy.frameAncestors.length === 0) headers.set('x-frame-options', 'DENY');
}
