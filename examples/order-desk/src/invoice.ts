import { buffer } from 'node:stream/consumers';
import PDFDocument from 'pdfkit';
import { formatAmount, type Order } from './order.ts';

const LEFT = 50;
const RIGHT = 545;
const NAME_WIDTH = 350;
const LINE_GAP = 6;

/** The invoice of an order as a PDF. Its built-in font knows Western European letters; give it a font file for others. */
export async function renderInvoice(order: Order): Promise<Uint8Array> {
  const pdf = new PDFDocument({
    size: 'A4',
    margin: LEFT,
    info: { Title: `Invoice ${order.id}`, CreationDate: order.placedAt },
  });
  const whole = buffer(pdf);
  writeHead(pdf, order);
  for (const { article, quantity, unitPrice } of order.lines) {
    writeLine(pdf, `${quantity} x ${article}`, formatAmount(quantity * unitPrice));
  }
  pdf.moveTo(LEFT, pdf.y).lineTo(RIGHT, pdf.y).stroke().moveDown();
  pdf.font('Helvetica-Bold');
  writeLine(pdf, 'Total', formatAmount(order.total));
  pdf.end();
  return whole;
}

function writeHead(pdf: PDFKit.PDFDocument, { id, customer, placedAt }: Order): void {
  pdf.fontSize(20).text(`Invoice ${id}`).moveDown();
  pdf.fontSize(11).text(customer.name).text(customer.email);
  pdf.text(`Ordered on ${placedAt.toISOString().slice(0, 10)}`).moveDown(2);
}

/** What on the left, how much on the right; a long name takes several lines. */
function writeLine(pdf: PDFKit.PDFDocument, what: string, amount: string): void {
  const height = pdf.heightOfString(what, { width: NAME_WIDTH });
  if (pdf.y + height > pdf.page.maxY()) pdf.addPage();
  const { y } = pdf;
  pdf.text(what, LEFT, y, { width: NAME_WIDTH });
  pdf.text(amount, LEFT, y, { width: RIGHT - LEFT, align: 'right' });
  pdf.y = y + height + LINE_GAP;
}
