/**
 * The extension's own icon: one step that branches into two.
 */
import { LabIcon } from '@jupyterlab/ui-components';

const svgstr = `<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16" viewBox="0 0 16 16">
  <g class="jp-icon3" fill="#616161">
    <rect x="5" y="1" width="6" height="4" rx="1.2"/>
    <rect x="1" y="11" width="6" height="4" rx="1.2"/>
    <rect x="9" y="11" width="6" height="4" rx="1.2"/>
    <path d="M7.4 5h1.2v2.4h3.9V11h-1.2V8.6H4.7V11H3.5V7.4h3.9z"/>
  </g>
</svg>`;

export const pipelineIcon = new LabIcon({
  name: 'jupyter-kfp:pipeline',
  svgstr
});
