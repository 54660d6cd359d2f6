/**
 * The sidebar: a frame that is there from the start, and sections that are loaded when it is first looked at.
 */
import { SidePanel } from '@jupyterlab/ui-components';
import { MessageLoop, type Message } from '@lumino/messaging';
import { AccordionPanel, Widget } from '@lumino/widgets';
import { PANEL_ID } from '../ids';
import { pipelineIcon } from '../icon';
import { SidebarState, type IContext } from './state';

export type SectionName =
  'pipeline' | 'findings' | 'settings' | 'actions' | 'runs';

export class PipelinePanel extends SidePanel {
  constructor(private context: IContext) {
    super({ translator: context.translator });
    this.id = PANEL_ID;
    this.addClass('jp-kfp-Sidebar');
    this.title.icon = pipelineIcon;
    this.title.caption = context.trans.__('Kubeflow Pipelines');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute(
      'aria-label',
      context.trans.__('Kubeflow Pipelines')
    );
  }

  /** Open a section and close none. */
  async showSection(section: SectionName): Promise<void> {
    const sections = await this.load();
    const index = sections.indexOf(section);
    if (this.content instanceof AccordionPanel && index >= 0) {
      this.content.expand(index);
    }
  }

  /** Bring a cell's findings before the eyes. */
  async showFindings(cell: string | undefined): Promise<void> {
    await this.showSection('findings');
    this.node
      .querySelector(`.jp-kfp-Finding[data-cell="${CSS.escape(cell ?? '')}"]`)
      ?.scrollIntoView({ block: 'nearest' });
  }

  async tour(): Promise<void> {
    await this.load();
    const { startTour } = await import('./tour');
    startTour(this.context);
  }

  protected onAfterShow(msg: Message): void {
    super.onAfterShow(msg);
    this.onSeen();
    void this.load();
  }

  protected onAfterHide(msg: Message): void {
    super.onAfterHide(msg);
    this.onSeen();
  }

  protected onAfterAttach(msg: Message): void {
    super.onAfterAttach(msg);
    document.addEventListener('visibilitychange', this.onSeen);
    if (this.isVisible) {
      void this.load();
    }
  }

  protected onBeforeDetach(msg: Message): void {
    document.removeEventListener('visibilitychange', this.onSeen);
    super.onBeforeDetach(msg);
  }

  private onSeen = (): void => {
    if (this._state) {
      this._state.clock.visible = this.isVisible && !document.hidden;
    }
  };

  private load(): Promise<SectionName[]> {
    this._sections ??= import('./sections').then(
      ({ makeSections, arrange }) => {
        const state = new SidebarState(this.context);
        this._state = state;
        this.onSeen();
        const { header, sections } = makeSections(state);
        this.header.addWidget(header);
        // React fills the header after Lumino has laid out what is below it
        new ResizeObserver(() =>
          MessageLoop.postMessage(
            this.content,
            Widget.ResizeMessage.UnknownSize
          )
        ).observe(this.header.node);
        for (const { widget } of sections) {
          this.addWidget(widget);
        }
        if (this.content instanceof AccordionPanel) {
          this.disposed.connect(arrange(this.content, sections, state));
        }
        return sections.map(section => section.name);
      }
    );
    return this._sections;
  }

  private _sections: Promise<SectionName[]> | null = null;
  private _state: SidebarState | null = null;
}
