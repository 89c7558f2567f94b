// CommonJS packages that require Nest (throttler, terminus, the Prometheus module) fail while Jest is still linking
// Nest's ES modules, so Nest is loaded first.
import 'reflect-metadata';
import '@nestjs/common';
import '@nestjs/core';

if (process.env.RECORD_STATEMENTS) {
  const { recordStatements } = await import('./scripts/record-statements.mjs');
  recordStatements(process.env.RECORD_STATEMENTS);
}
