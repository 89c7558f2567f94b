import { Injectable } from '@nestjs/common';

/** Set first of all at SIGTERM, so that load balancers look elsewhere before anything stops. */
@Injectable()
export class DrainState {
  private drains = false;

  get draining(): boolean {
    return this.drains;
  }

  begin(): void {
    this.drains = true;
  }
}
