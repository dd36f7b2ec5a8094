/** Labelled renderer: a renderer of families with default labels. */
import type { DefaultLabels } from './default-labels.js';
import { renderWhole } from './renderers.js';
import type { FamilyExtent, OpenRendering, PieceRenderer, RenderedBody, Renderer } from './renderers.js';
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
    return labelledPieces(this.renderer, this.labels).begin(families);
  }
}

export function labelledPieces<B>(renderer: PieceRenderer<B>, labels: DefaultLabels): PieceRenderer<B> {
  return {
    isBackward: renderer.isBackward,
    begin: families => {
      const out = renderer.begin(families.map(family => labels.onExtent(family)));
      return {
        add: part => out.add(labels.onFamily(part)),
        finish: () => out.finish(),
        abandon: () => out.abandon(),
      };
    },
  };
}
