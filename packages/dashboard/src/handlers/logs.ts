import type { NotificationLog } from '@townkrier/storage';
import type { z } from 'zod';
import type { LogList } from '../api-types.ts';
import { logNotFound, rethrowFilterError } from '../http/errors.ts';
import { jsonResponse } from '../http/json.ts';
import { omitUndefined } from '../omit-undefined.ts';
import type { logsQuery } from '../queries.ts';
import type { CheckedCall } from '../route.ts';
import { maskForPrincipal, maskingFor, presentExplanation, presentLog, summariseLog } from './present-log.ts';
import { previewPage } from './preview-page.ts';

type ById = CheckedCall<{ id: string }, unknown>;

export async function listLogs(call: CheckedCall<unknown, z.output<typeof logsQuery>>): Promise<Response> {
  const { query, services, principal } = call;
  const { logs, total } = await services.storage.queryLogs(omitUndefined(query)).catch(rethrowFilterError);
  const list: LogList = {
    logs: logs.map((log) => summariseLog(log, principal)),
    total,
    page: { offset: query.offset, limit: query.limit },
  };
  return jsonResponse(list);
}

export async function getLog(call: ById): Promise<Response> {
  return jsonResponse(presentLog(await findLog(call), call.principal));
}

/** The message as its reader would see it, as a page of its own that can do nothing. */
export async function previewLog(call: ById): Promise<Response> {
  const log = maskForPrincipal(await findLog(call), call.principal);
  return new Response(previewPage(log), { headers: { 'content-type': 'text/html; charset=utf-8' } });
}

export async function explainLog(call: ById): Promise<Response> {
  const log = await findLog(call);
  const explanation = await call.services.storage.explain(log.id);
  const delivery = explanation?.deliveries.find(({ logId }) => logId === log.id);
  if (delivery === undefined) throw logNotFound(log.id);
  return jsonResponse(presentExplanation(delivery, maskingFor(log, call.principal)));
}

async function findLog({ params, services }: ById): Promise<NotificationLog> {
  const log = await services.storage.getLog(params.id);
  if (log === null) throw logNotFound(params.id);
  return log;
}
