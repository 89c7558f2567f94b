/** SQL of a time as it goes on the wire, in UTC with milliseconds. */
export function rfc3339(time: string): string {
  return `to_char(${time} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
}

/** SQL of a number with as many digits as a drawing needs: digits are most of what a page loads. */
export function rounded(number: string): string {
  return `round((${number})::numeric, 3)::float8`;
}

/**
 * SQL of one row with an array for each column, by time: the database makes a long answer, and no objects are made of its rows.
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
