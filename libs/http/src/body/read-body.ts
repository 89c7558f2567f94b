import express, { type Request, type RequestHandler, type Response } from 'express';
import { AppError } from '../app-error.js';
import { fromBodyParser } from './body-errors.js';

/** Body limit of routes without a login, in bytes. */
export const AUTH_BODY_BYTES = 16 * 1024;

const JSON_TYPES = ['application/json', 'application/*+json'];
const parsers = new Map<number, RequestHandler>();

/**
 * Reads the body of a request as JSON into `request.body`, once. Compressed bodies are refused without inflating them.
 *
 * @param limit bytes
 * @returns `undefined` where the request has no body
 * @throws AppError 413, 415 or 400
 */
export async function readBody(request: Request, limit: number): Promise<unknown> {
  if (!hasBody(request)) return undefined;
  if (request.is(JSON_TYPES) === false) {
    throw new AppError(
      415,
      'unsupported_media_type',
      'the request body must be JSON: send it with "Content-Type: application/json"',
    );
  }
  await new Promise<void>((resolve, reject) => {
    // The parser is middleware: it reports errors through `next`.
    parserOf(limit)(request, request.res as Response, (error?: unknown) => {
      if (error === undefined) resolve();
      else reject(asError(fromBodyParser(error)));
    });
  });
  return request.body as unknown;
}

/** Clients send `Content-Length: 0` for an empty body. */
function hasBody({ headers }: Request): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

function parserOf(limit: number): RequestHandler {
  let parser = parsers.get(limit);
  if (parser === undefined) {
    parser = express.json({ limit, inflate: false, type: () => true });
    parsers.set(limit, parser);
  }
  return parser;
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
