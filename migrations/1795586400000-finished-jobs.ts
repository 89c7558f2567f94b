import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * From its minor releases of 2026 on, PostgreSQL refuses to drop a portal in the state in which TimescaleDB's workers drop theirs: after a job is
 * committed it is recorded as failed, and run ever later. The role of the service may not change jobs, which belong to the owner of the tables,
 * but for this.
 */
export class FinishedJobs1795586400000 implements MigrationInterface {
  readonly name = 'FinishedJobs1795586400000';

  async up(runner: QueryRunner): Promise<void> {
    const [{ schema }] = (await runner.query(
      `SELECT extnamespace::regnamespace::text AS schema FROM pg_extension WHERE extname = 'timescaledb'`,
    )) as [{ schema: string }];
    await runner.query(
      `CREATE FUNCTION reschedule_finished_jobs(wanted integer[]) RETURNS SETOF integer
       LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, ${schema}, pg_temp AS $$
       DECLARE
         job record;
       BEGIN
         FOR job IN
           SELECT s.job_id AS id, s.next_start,
                  greatest(now(), s.last_run_started_at + coalesce(s.last_run_duration, INTERVAL '0') + j.schedule_interval) AS due
             FROM timescaledb_information.job_stats s JOIN timescaledb_information.jobs j USING (job_id)
            WHERE s.job_id = ANY(wanted) AND s.last_run_status = 'Failed' AND s.job_status = 'Scheduled'
              AND (SELECT e.err_message FROM timescaledb_information.job_errors e
                    WHERE e.job_id = s.job_id ORDER BY e.start_time DESC LIMIT 1) LIKE 'cannot drop portal %'
         LOOP
           IF job.next_start > job.due THEN
             PERFORM alter_job(job.id, next_start => job.due);
           END IF;
           RETURN NEXT job.id;
         END LOOP;
       END $$`,
    );
    await runner.query(`REVOKE ALL ON FUNCTION reschedule_finished_jobs FROM PUBLIC`);
    await runner.query(`GRANT EXECUTE ON FUNCTION reschedule_finished_jobs TO autoscaler_app`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP FUNCTION reschedule_finished_jobs`);
  }
}
