/**
 * Names that other parts of JupyterLab know: the plugin, its commands, its sidebar.
 */
export const PLUGIN_ID = 'jupyter-kfp:plugin';
export const PANEL_ID = 'jupyter-kfp:panel';

/** Key of the notebook's metadata that holds the settings of its pipeline. */
export const METADATA_KEY = 'jupyter_kfp';

export namespace CommandIDs {
  export const open = 'jupyter-kfp:open';
  export const openRuns = 'jupyter-kfp:open-runs';
  export const openFindings = 'jupyter-kfp:open-findings';
  export const tour = 'jupyter-kfp:tour';
  export const openExample = 'jupyter-kfp:open-example';
  export const suggestSteps = 'jupyter-kfp:suggest-steps';

  export const nameStep = 'jupyter-kfp:name-step';
  export const renameStep = 'jupyter-kfp:rename-step';
  export const clearStep = 'jupyter-kfp:clear-step';
  export const setParameters = 'jupyter-kfp:set-parameters';
  export const setSetup = 'jupyter-kfp:set-setup';
  export const setSkip = 'jupyter-kfp:set-skip';
  export const setMetrics = 'jupyter-kfp:set-metrics';

  export const run = 'jupyter-kfp:run';
  export const rerunFrom = 'jupyter-kfp:rerun-from';
  export const cancelRun = 'jupyter-kfp:cancel-run';
  export const openFailingCell = 'jupyter-kfp:open-failing-cell';
  export const debugStep = 'jupyter-kfp:debug-step';
  export const convert = 'jupyter-kfp:convert';
  export const build = 'jupyter-kfp:build';
  export const compile = 'jupyter-kfp:compile';
  export const clean = 'jupyter-kfp:clean';
}
