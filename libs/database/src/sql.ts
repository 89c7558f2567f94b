/** SQL of a time in the wire format, UTC with milliseconds. */
export function rfc3339(time: string): string {
  return `to_char(${time} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
}

/** SQL of a number rounded for charts: digits are most of the size of an answer. */
export function rounded(number: string): string {
  return `round((${number})::numeric, 3)::float8`;
}

/**
 * SQL of one row with an array for each column, by time: the database builds a long answer, and no objects are created for its rows.
 *
 * @param rows SQL that selects them, with their time as `at`
 * @param columns of the rows; `timestamps` stands for their time
 */
export function inColumns(rows: string, columns: readonly string[]): string {
  const arrays = columns.map((column) => {
    const value = column === 'timestamps' ? rfc3339('at') : column;
    return `coalesce(jsonb_agg(${value} ORDER BY at), '[]') AS ${column}`;
  });
  return `SELECT ${arrays.join(', ')} FROM (${rows}) rows`;
}
