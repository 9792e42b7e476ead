/** What a host knows about a request that a Fetch `Request` does not carry. */
export interface RequestContext<Native = unknown> {
  /** The other end of the socket. `undefined` counts as far away. */
  readonly remoteAddress: string | undefined;
  /** The address to count failed logins by: the host's own view, which may know its proxies. */
  readonly clientAddress: string | undefined;
  /** Whether it came over TLS, as far as the host trusts its proxies. */
  readonly isSecure: boolean;
  /** The path as the host got it, mount included and query left out: `/admin/dashboard/jobs`. */
  readonly originalPath: string;
  /** The host's own request, handed to `authorize` and `readOnly`. */
  readonly native: Native;
}
