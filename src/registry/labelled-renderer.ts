/** Labelled renderer: a renderer of families with default labels. */
import type { DefaultLabels } from './default-labels.js';
import { renderWhole } from './renderers.js';
import type { FamilyExtent, OpenRendering, RenderedBody, Renderer } from './renderers.js';
import type { Snapshot } from './snapshot.js';

export class LabelledRenderer implements Renderer {
  constructor(
    private readonly renderer: Renderer,
    private readonly labels: DefaultLabels,
  ) {}

  get isBackward(): boolean {
    return this.renderer.isBackward;
  }

  render(snapshot: Snapshot): RenderedBody {
    return renderWhole(this, snapshot);
  }

  begin(families: readonly FamilyExtent[]): OpenRendering {
    const out = this.renderer.begin(families.map(family => this.labels.onExtent(family)));
    return {
      add: part => out.add(this.labels.onFamily(part)),
      finish: () => out.finish(),
      abandon: () => out.abandon(),
    };
  }
}
