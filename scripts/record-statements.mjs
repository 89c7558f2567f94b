// Loaded before each test file where RECORD_STATEMENTS names a file: what the service itself sends to its database is appended there, a
// statement a line as JSON. What a test sends, and what makes the schema, is none of the service's.
import { appendFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/** Frames of this project; those of packages may look like sources, too, but lie elsewhere. */
const OURS = /\/(libs|apps|test|migrations|bench)\/[^\s]+\.ts:/;
const OF_THE_SERVICE = /\/(libs|apps)\/[^/]+\/src\/(?!.*(\.spec|\/testing|\/migrat[a-z-]*)\.ts)/;
/** What neither reads nor writes rows has nothing to do with the schema. */
const ROWS = /^\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\b/i;
const FRAMES = 60;
const seen = new Set();

/** @param file where statements go */
export function recordStatements(file) {
  const require = createRequire(import.meta.url);
  const { PostgresQueryRunner } = require('typeorm/driver/postgres/PostgresQueryRunner.js');
  const { Pool } = require('pg');
  // Where each is asked first, for who asks is no more to be seen further down. The engine of shares asks the pool, past TypeORM.
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

/** The engine sends a transaction as one text; each of its statements ends with its line. */
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
