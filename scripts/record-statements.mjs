// Loaded before each test file if RECORD_STATEMENTS names a file: appends the statements that the service sends to its
// database, one JSON line each. Statements of tests and of migrations are left out.
import { appendFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/** Stack frames of this project; frames of packages may look similar, but are elsewhere. */
const OURS = /\/(libs|apps|test|migrations|bench)\/[^\s]+\.ts:/;
const OF_THE_SERVICE = /\/(libs|apps)\/[^/]+\/src\/(?!.*(\.spec|\/testing|\/migrat[a-z-]*)\.ts)/;
/** Statements that neither read nor write rows do not depend on the schema. */
const ROWS = /^\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\b/i;
const FRAMES = 60;
const seen = new Set();

/** @param file receives the statements */
export function recordStatements(file) {
  const require = createRequire(import.meta.url);
  const { PostgresQueryRunner } = require('typeorm/driver/postgres/PostgresQueryRunner.js');
  const { Pool } = require('pg');
  // Hooked at the outermost call, because the caller is not on the stack further down. pg-boss uses the pool directly,
  // without TypeORM.
  for (const { prototype } of [PostgresQueryRunner, Pool]) {
    prototype.query = new Proxy(Reflect.get(prototype, 'query'), {
      apply(query, runner, given) {
        const [text] = given;
        const unseen = typeof text === 'string' ? statementsOf(text).filter((statement) => !seen.has(statement)) : [];
        if (unseen.length > 0 && isOfService(callers())) {
          for (const statement of unseen) {
            seen.add(statement);
            appendFileSync(file, `${JSON.stringify(statement)}\n`);
          }
        }
        return Reflect.apply(query, runner, given);
      },
    });
  }
}

/** pg-boss sends a transaction as one text, with one statement per line. */
function statementsOf(text) {
  return text.split(/;\s*(?:\n|$)/).filter((statement) => ROWS.test(statement));
}

function callers() {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = FRAMES;
  const { stack } = new Error('who asks');
  Error.stackTraceLimit = stackTraceLimit;
  return stack.split('\n').slice(2);
}

function isOfService(frames) {
  const nearest = frames.find((frame) => OURS.test(frame));
  return nearest !== undefined && OF_THE_SERVICE.test(nearest);
}
