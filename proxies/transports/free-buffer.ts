/**
 * Gives a buffer's memory back now, where the collector would first wait for tens of megabytes and then stop the process to
 * look for them. The buffer is empty afterwards, and so is every view of its memory: only who alone holds it may call this.
 * A buffer that is a part of a larger one is left alone.
 */
export function freeBuffer({buffer, byteLength}: Buffer): void {
	if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) {
		buffer.transfer(0);
	}
}
