export { PartitionsModule } from './partitions.module.js';
export { fairPart, type Fence, shareOf, SHARES } from './share.js';
export { fencesOf, ShareStore } from './share.store.js';
export { Shares, type SharesStatus, SingleShares } from './shares.js';
