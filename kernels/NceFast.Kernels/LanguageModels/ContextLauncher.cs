using ILGPU.Runtime;
using NceFast.Models;

namespace NceFast.Kernels.LanguageModels;

/// <summary>Queues the kernels of both ends of a batch; the kind of position becomes a type here.</summary>
internal sealed class ContextLauncher
{
    private readonly LanguageModelLaunch _shape;
    private readonly bool _isFull;
    private readonly int _positionRows;
    private readonly LanguageModelKernel _forward, _stepContext;
    private readonly LanguageModelKernel? _carry, _parts, _stepPosition;

    public ContextLauncher(Accelerator accelerator, LanguageModelSpec spec, LanguageModelLaunch shape)
    {
        _shape = shape;
        _isFull = spec.Shape.PlaceWeights == PlaceWeightKind.Full;
        _positionRows = spec.Shape.PlaceRows;
        (Action<LanguageModelArguments> forward, Action<LanguageModelArguments> step) = spec.Shape.PlaceWeights switch
        {
            PlaceWeightKind.Full => (FullPlaceKernels.Forward, StepOf<FullPlace>(spec)),
            PlaceWeightKind.Diagonal => (ContextKernels.Forward<DiagonalPlace>, StepOf<DiagonalPlace>(spec)),
            _ => ((Action<LanguageModelArguments>)ContextKernels.Forward<NoPlace>, StepOf<NoPlace>(spec)),
        };
        _forward = new LanguageModelKernel(accelerator, forward);
        _stepContext = new LanguageModelKernel(accelerator, step);
        if (_positionRows == 0)
            return;
        _carry = _isFull ? new LanguageModelKernel(accelerator, FullPlaceKernels.Carry) : null;
        _parts = new LanguageModelKernel(accelerator, _isFull ? FullPlaceKernels.Parts : ContextKernels.DiagonalParts);
        _stepPosition = new LanguageModelKernel(accelerator, ContextKernels.StepPosition);
    }

    /// <summary>Computes h.</summary>
    public void Forward(AcceleratorStream stream, in LanguageModelArguments a)
    {
        if (_isFull)
            _forward.Run(stream, Tiles(a, a.Batch.Count), TileThreads, a);
        else
            _forward.Run(stream, _shape.GroupsFor((long)a.Batch.Count * a.Model.Columns), _shape.ElementThreads, a);
    }

    /// <summary>Carries the gradient back: rows are stepped with the matrices as they were, then the matrices.</summary>
    public void Backward(AcceleratorStream stream, in LanguageModelArguments a)
    {
        int places = a.Model.Places, chunks = (a.Batch.Count + a.Batch.Chunk - 1) / a.Batch.Chunk;
        _carry?.Run(stream, places * Tiles(a, a.Batch.Count), TileThreads, a);
        if (_isFull)
            _parts!.Run(stream, chunks * places * Tiles(a, a.Model.Dim), TileThreads, a);
        else
            _parts?.Run(stream, _shape.GroupsFor((long)chunks * places * a.Model.Columns), _shape.ElementThreads, a);
        if (a.Batch.Segments > 0)
            _stepContext.Run(stream, a.Batch.Segments, _shape.RowThreads, a);
        _stepPosition?.Run(stream, _positionRows, _shape.RowThreads, a);
    }

    private static Action<LanguageModelArguments> StepOf<TPlace>(LanguageModelSpec spec)
        where TPlace : struct, IPlaceKind => spec.AdaGrad ? ContextKernels.StepContext<TPlace, AdaGradSteps> : ContextKernels.StepContext<TPlace, PlainSteps>;

    private int TileThreads => _shape.Side * _shape.Side;

    private static int Tiles(in LanguageModelArguments a, int rows)
    {
        int width = 4 * a.Side;
        return (((4 * a.Model.Columns) + width - 1) / width) * ((rows + width - 1) / width);
    }
}
