import type { DashboardRouter } from '@townkrier/dashboard';
import express, { type ErrorRequestHandler, type Express, Router } from 'express';
import { z } from 'zod';
import type { Fulfilment } from './fulfilment.ts';
import type { Inbox } from './inbox.ts';
import { newOrderSchema } from './order.ts';
import type { Orders } from './orders.ts';
import { requireAdmin } from './require-admin.ts';

/** What the app is made of. */
export interface AppParts {
  readonly orders: Orders;
  readonly inbox: Inbox;
  readonly fulfilment: Fulfilment;
  readonly queueRoutes: Router;
  readonly dashboard: DashboardRouter;
  readonly adminPassword: string | undefined;
  /** Does what an order sets off within its request. */
  readonly isInline: boolean;
  /** Told what the answer does not say. */
  readonly onError: (error: unknown) => void;
}

/** The HTTP side: anybody may order; everything else is for admins. */
export function createApp(parts: AppParts): Express {
  const { adminPassword, inbox, queueRoutes, dashboard } = parts;
  const admin = requireAdmin(adminPassword);
  const app = express().disable('x-powered-by');
  app.use('/api/orders', createOrderRoutes(parts));
  app.use('/api/queue', admin, queueRoutes);
  // A shop asks its session who the user is, and shows nobody else's.
  app.get('/api/inbox/:userId', admin, (request, response) => {
    response.json(inbox.of(z.string().parse(request.params.userId)));
  });
  app.use('/dashboard', admin, dashboard);
  app.use(toErrorHandler(parts.onError));
  return app;
}

function createOrderRoutes({ orders, fulfilment, isInline, onError }: AppParts): Router {
  return Router().post('/', express.json({ limit: '64kb' }), async (request, response) => {
    const order = orders.place(newOrderSchema.parse(request.body));
    if (isInline) await fulfilment.fulfilInline(order);
    // The order is safe, so it is not refused: the next sweep queues what was not.
    else await fulfilment.queue(order).catch(onError);
    response.status(201).json({ id: order.id, total: order.total });
  });
}

const refusedSchema = z.object({ status: z.int().min(400).max(499), message: z.string() });

function toErrorHandler(onError: (error: unknown) => void): ErrorRequestHandler {
  return (error, _request, response, _next) => {
    if (error instanceof z.ZodError) {
      const problems = error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
      response.status(400).json({ error: 'The order is invalid.', problems });
      return;
    }
    const refused = refusedSchema.safeParse(error);
    if (!refused.success) onError(error);
    response
      .status(refused.data?.status ?? 500)
      .json({ error: refused.data?.message ?? 'Something went wrong.' });
  };
}
