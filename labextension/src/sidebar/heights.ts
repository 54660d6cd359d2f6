/**
 * How the height of the sidebar is shared among its open sections: numbers in, numbers out.
 */
export interface INeed {
  /** Whether it is the section that takes what the others leave. */
  main: boolean;
  open: boolean;
  /** Pixels in which all of it is seen. */
  wanted: number;
}

const LEAST = 200; // pixels of the main section
const SHARE = 0.5; // of the height, which the main section has where it wants so much

/** A height for each section, 0 for closed ones; together they are `space`. */
export function heights(space: number, needs: readonly INeed[]): number[] {
  const main = needs.find(need => need.main && need.open);
  const floor = main
    ? Math.min(space, Math.max(LEAST, Math.min(main.wanted, space * SHARE)))
    : 0;
  const given = filled(
    space - floor,
    needs.map(need => (need.open && need !== main ? need.wanted : 0))
  );
  const left = space - given.reduce((sum, each) => sum + each, 0);
  const heir = main
    ? needs.indexOf(main)
    : needs.reduce((last, need, index) => (need.open ? index : last), -1);
  return given.map((each, index) => (index === heir ? each + left : each));
}

/** To each what it wants; where that is too much, nobody gets more than those who get less than they want. */
function filled(space: number, wanted: readonly number[]): number[] {
  const given = wanted.map(() => 0);
  let left = space;
  const order = wanted
    .map((want, index) => ({ want, index }))
    .filter(({ want }) => want > 0)
    .sort((one, other) => one.want - other.want);
  order.forEach(({ want, index }, taken) => {
    const fair = Math.max(0, left) / (order.length - taken);
    const part = Math.min(want, fair);
    given[index] = part;
    left -= part;
  });
  return given;
}
