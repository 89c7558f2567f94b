/** A rectangle of the drawing, pixels. */
export interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** A point of the drawing with a name. Points with a smaller weight are named first. */
export interface Named {
  readonly x: number;
  readonly y: number;
  readonly label: string;
  readonly weight: number;
}

export interface Label {
  readonly toLeft: boolean;
  /** Vertical center of the text. */
  readonly y: number;
  readonly box: Box;
  /** The line from the point to a label that is away from it; `null`: beside the point. */
  readonly lead: readonly [x1: number, y1: number, x2: number, y2: number] | null;
}

interface Space {
  /** The area that labels may be in. */
  readonly area: Box;
  /** Other lines and texts, which labels must not cover. */
  readonly taken: readonly Box[];
  /** Width of a text, pixels. */
  readonly widthOf: (label: string) => number;
}

const HALF_HEIGHT_PX = 7;
const DOT_PX = 7;
/** Distance of a label from the center of its point. */
const BESIDE_PX = 9;
/** A label farther from its point than this would look like the label of another. */
const FARTHEST_PX = 64;
const STEP_PX = 3;
/** A label moved by this much is connected to its point by a line. */
const LED_PX = 12;

/**
 * A place for the label of each point: beside the point, or as near to it as possible without an overlap of labels,
 * points and lines.
 *
 * @returns labels in the order of the points; `null`: there is no room for one
 */
export function placed(points: readonly Named[], { area, taken, widthOf }: Space): (Label | null)[] {
  const boxes = [...taken, ...points.map(({ x, y }) => around(x, x, y, DOT_PX))];
  const labels: Label[] = [];
  const found = new Map<Named, Label>();
  const isFree = ({ box, lead }: Label): boolean =>
    box.left >= area.left &&
    box.right <= area.right &&
    box.top >= area.top &&
    box.bottom <= area.bottom &&
    !boxes.some((other) => overlap(box, other)) &&
    !labels.some((other) => overlap(box, other.box) || crosses(other.lead, box) || crosses(lead, other.box));
  for (const point of points.toSorted((a, b) => a.weight - b.weight || b.y - a.y)) {
    const label = candidates(point, widthOf(point.label), area).find(isFree);
    if (label === undefined) continue;
    labels.push(label);
    found.set(point, label);
  }
  return points.map((point) => found.get(point) ?? null);
}

/** Possible places of a label, the nearest first; upwards before downwards, to the right before the left. */
function candidates({ x, y }: Named, width: number, area: Box): Label[] {
  const all: Label[] = [];
  const lowest = Math.min(y, area.bottom - HALF_HEIGHT_PX);
  for (let away = 0; away <= FARTHEST_PX; away += STEP_PX) {
    for (const at of away === 0 ? [lowest] : [lowest - away, y + away]) {
      for (const toLeft of [false, true]) {
        const near = toLeft ? x - BESIDE_PX : x + BESIDE_PX;
        const box = around(toLeft ? near - width : near, toLeft ? near : near + width, at, 0);
        const lead =
          Math.abs(y - at) > LED_PX
            ? ([x, y, near, at < y ? at + HALF_HEIGHT_PX : at - HALF_HEIGHT_PX] as const)
            : null;
        all.push({ toLeft, y: at, box, lead });
      }
    }
  }
  return all;
}

function around(left: number, right: number, y: number, beside: number): Box {
  return { left: left - beside, right: right + beside, top: y - HALF_HEIGHT_PX, bottom: y + HALF_HEIGHT_PX };
}

function overlap(one: Box, other: Box): boolean {
  return one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;
}

/** Whether a line passes through a rectangle. Leads are short, so that some points of it are enough. */
function crosses(lead: Label['lead'], box: Box): boolean {
  if (lead === null) return false;
  const [x1, y1, x2, y2] = lead;
  return Array.from({ length: 17 }, (_, index) => index / 16).some((share) => {
    const [x, y] = [x1 + share * (x2 - x1), y1 + share * (y2 - y1)];
    return x > box.left && x < box.right && y > box.top && y < box.bottom;
  });
}
