import type { NextFunction, Request, Response } from 'express';
import type { Logger } from '../logging.js';
import { beginTrace, withTrace } from './trace.js';

/** One line a request, written when its answer has gone out; the route is the template, so that no id makes a new one. */
export function requestLog(logger: Logger) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const trace = beginTrace(request.get('traceparent'));
    const started = performance.now();
    response.once('close', () => {
      withTrace(trace, () =>
        logger.info(
          {
            'http.request.method': request.method,
            'http.route': request.route?.path,
            'http.response.status_code': response.statusCode,
            duration_ms: Math.round(performance.now() - started),
          },
          response.writableFinished ? 'request' : 'request aborted',
        ),
      );
    });
    withTrace(trace, next);
  };
}
