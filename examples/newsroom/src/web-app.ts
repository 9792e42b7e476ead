import { fileURLToPath } from 'node:url';
import express, { type Express } from 'express';
import { createOwnerApi, type OwnerApiOptions } from './owner/owner-api.ts';
import { answerProblems } from './owner/problem.ts';

const PAGE = fileURLToPath(new URL('../page', import.meta.url));

/** Nothing but the files of the page: no inline script or style, nothing from elsewhere, no frame around it. */
const SECURITY_HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
};

/** The owner's page, which says nothing by itself, and behind a sign-in what it shows. */
export function createWebApp(options: OwnerApiOptions): Express {
  const app = express();
  app.disable('x-powered-by');
  app.use((_request, response, next) => {
    response.set(SECURITY_HEADERS);
    next();
  });
  app.use('/api', createOwnerApi(options));
  app.use(express.static(PAGE, { cacheControl: false }));
  app.use(answerProblems((error) => console.error(error)));
  return app;
}
