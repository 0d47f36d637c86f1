/** The decoder process: native decoders over foreign bytes, apart from everything that must live. */
import { giveWay } from '#server/analysis/giveWay.ts';
import { answerDecoderAsks } from '#server/analysis/decoderAnswers.ts';
import { hearFile } from '#server/analysis/hearFile.ts';

giveWay();
answerDecoderAsks(hearFile);
