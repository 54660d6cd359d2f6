/**
 * Gives each section of the sidebar its height and closes what is empty, until somebody drags a section's border.
 */
import type { AccordionPanel, Widget } from '@lumino/widgets';
import { Fold } from './folds';
import { heights } from './heights';
import type { ISection } from './sections';
import type { SidebarState } from './state';

/** Begin; what is given back ends it. */
export function arrange(
  accordion: AccordionPanel,
  sections: readonly ISection[],
  state: SidebarState
): () => void {
  let dragged = false;
  let waiting = 0;

  const layOut = () => {
    waiting = 0;
    const open = sections.map(({ widget }) => !widget.isHidden);
    const titles = accordion.titles.reduce(
      (sum, title) => sum + title.offsetHeight,
      0
    );
    const borders = accordion.spacing * (open.filter(Boolean).length - 1);
    const space = accordion.node.clientHeight - titles - borders;
    if (dragged || space <= 0) {
      return;
    }
    const sizes = heights(
      space,
      sections.map((section, index) => ({
        main: section.name === 'pipeline',
        open: open[index] ?? false,
        wanted: section.wanted()
      }))
    );
    accordion.setRelativeSizes(sizes);
  };
  const soon = () => {
    waiting ||= requestAnimationFrame(layOut);
  };

  const folds = sections.map(
    ({ open }, index) =>
      new Fold(
        shown => (shown ? accordion.expand(index) : accordion.collapse(index)),
        open
      )
  );
  const onToggle = (_: AccordionPanel, index: number) => {
    folds[index]?.toggled(!sections[index]?.widget.isHidden);
    soon();
  };
  const onState = () =>
    sections.forEach(({ empty }, index) => folds[index]?.tell(empty()));
  const onDrag = () => {
    dragged = true;
  };
  const onContent = (widget: Widget) => {
    if (!widget.node.matches(':hover')) {
      soon(); // what is under the pointer stays where it is
    }
  };
  const observer = new ResizeObserver(soon);
  observer.observe(accordion.node);
  for (const { widget } of sections) {
    widget.resized.connect(onContent);
    widget.node.addEventListener('pointerleave', soon);
  }
  accordion.expansionToggled.connect(onToggle);
  accordion.handleMoved.connect(onDrag);
  state.changed.connect(onState);
  onState();
  sections.forEach(({ open }, index) => {
    if (!open) {
      accordion.collapse(index);
    }
  });
  soon();

  return () => {
    cancelAnimationFrame(waiting);
    observer.disconnect();
    folds.forEach(fold => fold.stop());
    accordion.expansionToggled.disconnect(onToggle);
    accordion.handleMoved.disconnect(onDrag);
    state.changed.disconnect(onState);
    for (const { widget } of sections) {
      widget.resized.disconnect(onContent);
      widget.node.removeEventListener('pointerleave', soon);
    }
  };
}
