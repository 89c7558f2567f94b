// Runs all migrations on an empty database and compares what they make with the entities, and with what the release before asks for.
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { DataSource } from 'typeorm';
import { AppModule } from '../dist/apps/autoscaler/src/app.module.js';
import { configOf } from '../dist/libs/config/src/index.js';
import { brokenFor, released, schemaOf } from './released-schema.mjs';
import { refused, releasedStatements } from './released-statements.mjs';

const config = configOf({ 'database.data_dir': 'memory', 'app.log_level': 'error' });
// Created, not started: nothing ticks and nothing listens.
const app = await NestFactory.create(AppModule.forRoot(config), { logger: ['error'] });
try {
  // Looks at the tables of entities only: what TimescaleDB makes beside them is none of its business.
  const { upQueries } = await app.get(DataSource).driver.createSchemaBuilder().log();
  if (upQueries.length > 0) {
    console.error('the migrations do not make what the entities say; the entities would need');
    for (const { query } of upQueries) console.error(`  ${query};`);
    process.exitCode = 1;
  }
  const database = app.get(DataSource);
  const faults = brokenFor(released(), await schemaOf(database));
  for (const fault of [...faults, ...(await refused(releasedStatements(), database))]) {
    console.error(fault);
    process.exitCode = 1;
  }
} finally {
  await app.close();
}
