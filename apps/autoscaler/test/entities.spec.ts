import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { NestFactory } from '@nestjs/core';
import type { INestApplication } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { EntityMetadata } from 'typeorm';
import { configOf } from '#config';
import { AppModule } from '../src/app.module.js';

/** Created and read by TypeORM itself. */
const OF_TYPEORM = 'migrations';

interface Column {
  readonly table: string;
  readonly name: string;
  readonly type: string;
  readonly nullable: boolean;
  /** The database fills it in when omitted. */
  readonly filled: boolean;
  readonly key: boolean;
}

/** Tables and views of the service, without those that TimescaleDB adds. */
const COLUMNS = `
  SELECT c.relname AS table, a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type, NOT a.attnotnull AS nullable,
         a.atthasdef OR a.attidentity <> '' AS filled, coalesce(a.attnum = ANY (i.indkey), false) AS key
    FROM pg_class c
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
   WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm') AND c.relname <> $1
     AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')`;

describe('entities', () => {
  let app: INestApplication;
  let dataSource: DataSource;
  const tables = new Map<string, Column[]>();
  beforeAll(async () => {
    // Created, not started: nothing ticks and nothing listens.
    const config = configOf({ 'database.data_dir': 'memory', 'app.log_level': 'error' });
    app = await NestFactory.create(AppModule.forRoot(config), { logger: ['error'] });
    dataSource = app.get(DataSource);
    for (const column of await dataSource.query<Column[]>(COLUMNS, [OF_TYPEORM]))
      tables.set(column.table, [...(tables.get(column.table) ?? []), column]);
  });
  afterAll(async () => app.close());

  it('are registered for every table and view of the migrations, and for nothing else', () => {
    const registered = dataSource.entityMetadatas.map(({ tableName }) => tableName);
    expect(registered.toSorted()).toEqual([...tables.keys()].toSorted());
  });

  it('have every column of their table with its type, and its key', () => {
    const differing = dataSource.entityMetadatas.flatMap(({ tableName, tableType, columns }) => {
      const present = tables.get(tableName) ?? [];
      // A hypertable has no key, but TypeORM requires one.
      const hasKey = present.some(({ key }) => key);
      const textOf = ({ name, type, nullable, filled, key }: Omit<Column, 'table'>): string =>
        // The column types of a view follow from its query.
        tableType === 'view'
          ? name
          : `${name} ${type}${nullable ? '' : ' not null'}${filled ? ' filled' : ''}${hasKey && key ? ' key' : ''}`;
      const expected = present.map(textOf).toSorted();
      const stated = columns.map((column) => textOf(statedBy(column))).toSorted();
      return expected.join() === stated.join() ? [] : [{ tableName, stated, expected }];
    });
    expect(differing).toEqual([]);
  });

  function statedBy(column: EntityMetadata['columns'][number]): Omit<Column, 'table'> {
    const { driver } = dataSource;
    const [type, precision] = [driver.normalizeType(column), column.precision ?? null];
    return {
      name: column.databaseName,
      type: `${type.replace(' with', `${precision === null ? '' : `(${precision})`} with`)}${column.length === '' ? '' : `(${column.length})`}`,
      nullable: column.isNullable,
      filled: column.default !== undefined || column.isGenerated || column.isCreateDate || column.isUpdateDate,
      key: column.isPrimary,
    };
  }
});
