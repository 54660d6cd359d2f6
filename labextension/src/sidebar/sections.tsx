/**
 * The sections of the sidebar as widgets. This is where the chunk begins that is loaded with the sidebar.
 */
import { ReactWidget } from '@jupyterlab/ui-components';
import * as React from 'react';
import { ActionsSection } from './actions';
import { FindingsSection } from './findings';
import { Header } from './header';
import type { SectionName } from './panel';
import { PipelineSection } from './pipeline';
import { RunsSection } from './runs';
import { SettingsSection } from './settings';
import type { SidebarState } from './state';

export interface ISectionProps {
  state: SidebarState;
}

class Section extends ReactWidget {
  constructor(
    private state: SidebarState,
    private content: React.ComponentType<ISectionProps>,
    private heading: (state: SidebarState) => string,
    name: string
  ) {
    super();
    this.addClass('jp-kfp-Section');
    this.addClass(`jp-kfp-Section-${name}`);
    this.title.label = heading(state);
    state.changed.connect(this.onChange, this);
  }

  protected render(): React.ReactElement {
    const Content = this.content;
    return <Content state={this.state} />;
  }

  private onChange(): void {
    const label = this.heading(this.state);
    if (this.title.label !== label) {
      this.title.label = label;
    }
    this.update();
  }
}

interface ISection {
  name: SectionName;
  widget: ReactWidget;
  open: boolean;
  /** Its share of the height. */
  size: number;
}

export function makeSections(state: SidebarState): {
  header: ReactWidget;
  sections: ISection[];
} {
  const { trans } = state;
  const make = (
    name: SectionName,
    content: React.ComponentType<ISectionProps>,
    heading: (state: SidebarState) => string,
    open: boolean,
    size: number
  ): ISection => ({
    name,
    open,
    size,
    widget: new Section(state, content, heading, name)
  });
  const header = new Section(state, Header, () => '', 'header');
  return {
    header,
    sections: [
      make('pipeline', PipelineSection, () => trans.__('Pipeline'), true, 7),
      make('findings', FindingsSection, findingsHeading, true, 2),
      make('runs', RunsSection, () => trans.__('Runs'), true, 4),
      make('settings', SettingsSection, () => trans.__('Settings'), false, 4),
      make('actions', ActionsSection, () => trans.__('Actions'), false, 4)
    ]
  };
}

function findingsHeading({ pipeline, trans }: SidebarState): string {
  const count = pipeline?.analysis?.findings.length ?? 0;
  return count ? trans.__('Findings (%1)', count) : trans.__('Findings');
}
