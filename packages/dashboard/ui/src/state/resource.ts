import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { RequestError } from '../api.ts';

/** Something the server has, as far as it is known here. */
export interface Resource<Data> {
  /** The newest answer; kept while a newer one is on its way, and when asking for the same again fails. */
  readonly data: Data | null;
  /** Why the newest request failed; `null` once one succeeds. */
  readonly error: RequestError | null;
  /** Whether a request for another key is on its way; a refresh of the same one is silent. */
  readonly isLoading: boolean;
  /** Asks again for the same. Several calls at once are one request. */
  readonly refresh: () => void;
}

interface State<Data> {
  readonly key: string;
  readonly data: Data | null;
  readonly error: RequestError | null;
}

/**
 * Loads something and keeps it. A change of `key` aborts the request in flight and loads again; the old answer stays until the new one is here.
 *
 * @param key - Says what is asked for, such as the query string.
 */
export function useResource<Data>(key: string, load: (signal: AbortSignal) => Promise<Data>): Resource<Data> {
  const [state, setState] = useState<State<Data>>({ key: '', data: null, error: null });
  const [round, setRound] = useState(0);
  const latest = useRef(load);
  latest.current = load;
  const flight = useRef({ isOut: false, isWantedAgain: false });

  useEffect(() => {
    const abort = new AbortController();
    const settle = (next: (old: State<Data>) => State<Data>): void => {
      if (abort.signal.aborted) return;
      setState(next);
      const { isWantedAgain } = flight.current;
      flight.current = { isOut: false, isWantedAgain: false };
      if (isWantedAgain) setRound((count) => count + 1);
    };
    flight.current = { isOut: true, isWantedAgain: false };
    latest.current(abort.signal).then(
      (data) => settle(() => ({ key, data, error: null })),
      (error: unknown) => settle((old) => withError(old, key, toRequestError(error))),
    );
    return () => abort.abort();
  }, [key, round]);

  const refresh = useCallback(() => {
    // Aborting a slow request for every burst of events would never let one arrive.
    if (flight.current.isOut) flight.current.isWantedAgain = true;
    else setRound((count) => count + 1);
  }, []);
  return { data: state.data, error: state.error, isLoading: state.key !== key, refresh };
}

/** An answer to something else must not stand for one that failed. */
function withError<Data>(old: State<Data>, key: string, error: RequestError): State<Data> {
  return { key, data: old.key === key ? old.data : null, error };
}

function toRequestError(error: unknown): RequestError {
  return error instanceof RequestError
    ? error
    : new RequestError(0, { error: 'The answer could not be read.', code: 'UNREADABLE' });
}
